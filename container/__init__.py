"""What only the image has: its users, its commands, and who tells about crashes."""
