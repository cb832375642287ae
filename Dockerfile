# One image for web, scheduler and worker: compose.yaml says which command makes which.
FROM python:3.11.14-slim-bookworm

# What a Monitor's command needs has to be here, as it runs in the worker. The OpenSSH client is: it
# reads any other machine. The docker command is not: containers are read by the engine's API, and
# whoever reaches an engine is root on its host. docs/operations.md says how to add what you need.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openssh-client \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app

# A layer of its own, so that a change of the code installs nothing anew. All of it comes as wheels:
# no compiler was here, and none is left.
COPY requirements.txt .
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
    -r requirements.txt

# A number of its own, which no other user of a host has by chance.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin monitor \
    && install --directory --owner monitor --group monitor --mode 0700 /data

COPY scheduler.py worker.py supervisord.conf ./
COPY migrations migrations
COPY static static
COPY templates templates
COPY webapp webapp
# Now, since the root of a container in production is read-only.
RUN python -m compileall -q .

ENV DATA_DIR=/data \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER monitor
EXPOSE 8000
CMD ["gunicorn", "--config", "webapp/gunicorn.py", "webapp:create_app()"]
