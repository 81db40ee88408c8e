"""The accounts by which agencies fetch from queues of their own, what waits there, and sending it again."""
