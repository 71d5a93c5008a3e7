"""What leaves the tool: map sheets, tables, profiles, the guide, and maps to send around."""
