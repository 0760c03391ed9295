-- wrk: read a page or a file, compressed as browsers take it.
wrk.headers["Accept-Encoding"] = os.getenv("ACCEPT")
