"""The addresses of django-helpdesk's site (`serve.py`)."""

from django.urls import include, path

urlpatterns = [path("helpdesk/", include("helpdesk.urls"))]
