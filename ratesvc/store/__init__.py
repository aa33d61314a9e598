"""The writer's database: append-only tables, one writer."""
