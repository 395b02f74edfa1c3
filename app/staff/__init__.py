"""People, departments, sign-in and roles: who is who, before anyone may do anything."""
