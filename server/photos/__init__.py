"""Photos: what members send is developed anew, kept under a random name, and shown in many sizes."""
