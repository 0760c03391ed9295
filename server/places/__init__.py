"""Address search, by whichever geocoder the operator configured."""
