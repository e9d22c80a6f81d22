"""The pages: what arrives over HTTP is read here, given to a service, and answered with a page.

`factory.create_app` puts the parts together. Every other module is either one concern of all
pages (language, sessions, forms, errors, headers, formats, pages, static_files) or a blueprint.
"""
