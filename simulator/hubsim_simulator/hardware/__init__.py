"""The hub's hardware as pure cores: cards, modem, links, power, lid and logo LED."""
