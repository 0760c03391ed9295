"""Articles: the Markdown of mags and projects, and the HTML that it is shown as."""
