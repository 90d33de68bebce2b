VirtualHost "sha256.example"
	password_hash = "SHA-256"
