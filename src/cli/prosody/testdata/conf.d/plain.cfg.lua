VirtualHost "plain.example" {
	authentication = "internal_plain";
}
