"""What the News desk shows, computed from manifests, ledgers, checks and quarantine. It writes nothing.

    days.py        every day's state, and each source's part of it: the calendar
    sources.py     the health of the sources: their days behind one another
    runs.py        one run: the flow of its documents, the reasons, the checks
    sankey.py      the flow as a picture: places and curves
    quarantine.py  what was rejected, in groups and one by one, with the raw document
    reader.py      an article with its names and quotations marked
    find.py        where did my story go?

Nothing here knows of Airflow or of HTML: `plugins/news_desk.py` puts it behind the login and into pages.
"""
