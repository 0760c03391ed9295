"""The service about itself: settings for the browser, health, metrics, the API's description."""
