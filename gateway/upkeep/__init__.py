"""What goes on beside serving: sealing the audit, forgetting what is old, reloading mappings, telling how it stands."""
