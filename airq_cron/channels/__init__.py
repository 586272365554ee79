"""Ways to reach people: our own webhook, and what apprise knows."""
