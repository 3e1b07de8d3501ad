"""Parts of one process put together: what it is made of, its people's side, what goes on beside messages."""
