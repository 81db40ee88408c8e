"""What of a case is public: what never is, how a summary is suggested and checked, and the acts of publishing."""
