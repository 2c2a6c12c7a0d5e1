"""`hubsim watch`: the verdicts on the messages of one hub, from a server."""
