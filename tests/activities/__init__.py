"""Activities: whom one spoke to."""
