-- A configuration as people have it; the data beside it was made by Prosody 0.12.3 with `prosodyctl register`.
--[[ A comment
     over two lines ]]
admins = { }
modules_enabled = {
	"disco"; -- Service discovery
	"saslauth";
	"tls";
	"limits";
	"http_roster_admin", "block_subscriptions", "storage_memory", "http_files",
	"http_oauth2", "carbons"; "mam",
	"homemade";
}
modules_disabled = { "roster" }
storage = { roster = "memory" }

local application = "http://127.0.0.1:3000"
http_roster_url = application .. [[/contacts/%s]]
oauth2_registration_key = 'a key for tests, of no use elsewhere'

interfaces = { "127.0.0.1" }
c2s_ports = { 15222, 15322 }
legacy_ssl_ports = { 15223 }
http_ports = { 15280 }
https_ports = { }
http_external_url = "https://chat.example.com/"
trusted_proxies = { "127.0.0.1", "10.0.0.0/8", "proxy.example.com" }
http_max_content_size = 2 * 1024 * 1024
c2s_timeout = 60
c2s_stanza_size_limit = 131072
limits = {
	c2s = { rate = "100kb/s", burst = "4s" };
}
certificates = "certs"
data_path = "store"

if os.getenv("NEVER") then
	c2s_ports = { 1 }
end

VirtualHost "Example.com"
	http_roster_url = application .. "/example/%s?a=%%20"

VirtualHost "off.example"
	enabled = false

Include "conf.d/*.cfg.lua"

Component "conference.example.com" "muc"
	name = "Rooms"
