"""estimate: what the answers say of all. Design, estimates, disclosure control."""
