"""A believable town to try 1Mile in: its content, and how it comes into a database."""
