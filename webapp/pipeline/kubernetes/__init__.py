"""Clusters, by kubectl: so logins, proxies and certificates work as they do in a terminal."""
