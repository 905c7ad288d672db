"""Generated from the contract; see ../generate."""
