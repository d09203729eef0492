# The tags say what the images are, the digests which ones. Steps write below
# the working directory only, so that they can be tried without a container.
FROM golang:1.26-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG COMMIT=unknown
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.commit=${COMMIT}" -o bin/atlassian-worker ./cmd/atlassian-worker

# No shell, no package manager; certificates are in it.
FROM gcr.io/distroless/static-debian12:nonroot@sha256:d093aa3e30dbadd3efe1310db061a14da60299baff8450a17fe0ccc514a16639
COPY --from=build /src/bin/atlassian-worker /atlassian-worker
USER 65532:65532
ENV ARCADE_SERVER_HOST=0.0.0.0
EXPOSE 8002
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s CMD ["/atlassian-worker", "health"]
ENTRYPOINT ["/atlassian-worker"]
CMD ["serve"]
