"""The demonstration: two museums, their works, some people, and what happened in 400 days.

Everything goes through the services that museums, buyers and officers use, with a clock that is
put forward by hand and a payment sandbox in the same process. Nobody in it exists.
"""
