"""What the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpc.config.settings")
application = get_wsgi_application()

# A page makes thousands of objects and lets go of them all: looking for circles among them every 700 is time lost, and
# what is loaded by now stays for good.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
