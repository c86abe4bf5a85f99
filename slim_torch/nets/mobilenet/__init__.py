"""MobileNet v2 and v3, and the parts that they are made of. Import the modules: nothing is defined here."""
