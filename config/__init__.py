"""How the application is put together: settings, urls, schedules, the worker, the dashboard, the look of the admin.

In come the environment and the clock; out go tasks in the queue and pages. It may use every app, and of an app only entry points may
use it (the look of the admin, roles, schedules); it holds no rule of accounting and calls neither Sage Intacct nor Pleo.
"""
