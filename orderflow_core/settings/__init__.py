"""The settings file, the environment and the options, and the plugins that they name."""
