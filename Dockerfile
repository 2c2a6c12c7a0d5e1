# The image of hubsim: `docker build -t hubsim .`, then the commands in docs/ci.md.
# The first stage installs the locked requirements, with hashes, and hubsim. The second stage has no sources.

FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/hubsim
COPY requirements.lock ./
RUN /opt/hubsim/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE hubsim.py pytest_hubsim.py ./
COPY contract ./contract
COPY agent ./agent
COPY simulator ./simulator
COPY cloud ./cloud
COPY storage ./storage
COPY server ./server
COPY conform ./conform
COPY scenarios ./scenarios
COPY console ./console
RUN /opt/hubsim/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation ./agent .

FROM python:3.12-slim
COPY --from=build /opt/hubsim /opt/hubsim
# Any user id can run the image: `--user` gives reports in a mounted folder the owner of the folder.
ENV PATH=/opt/hubsim/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home hubsim && install --directory --mode 0777 /work
USER 10001
WORKDIR /work
EXPOSE 8080 1883
STOPSIGNAL SIGTERM
ENTRYPOINT ["hubsim"]
CMD ["--help"]
