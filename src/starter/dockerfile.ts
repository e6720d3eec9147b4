import type { Project } from "./project.ts";

/** docs/CONTAINERS.md gives the reason for each line. */
export function dockerfile(project: Project): string {
  const { application, build, nodeMajor, packageManager } = project;
  const { prepare, install, installProduction } = packageManager;
  const slim = `FROM node:${nodeMajor}-bookworm-slim`;
  const environment = "ENV NODE_ENV=production PATH=/app/node_modules/.bin:$PATH";
  const start = [
    "USER 10001:10001",
    "STOPSIGNAL SIGQUIT",
    'HEALTHCHECK --start-period=60s CMD ["forker", "status", "--check"]',
    `ENTRYPOINT ["forker", ${JSON.stringify(`./${application.file}`)}]`,
  ];
  const dependencies = (command: string) => [
    ...(prepare === undefined ? [] : [`RUN ${prepare}`]),
    `COPY ${packageManager.files.join(" ")} ./`,
    `RUN ${command}`,
  ];
  const lines =
    build === undefined
      ? [slim, environment, "WORKDIR /app", ...dependencies(installProduction), "COPY . .", ...start]
      : [
          `FROM node:${nodeMajor}-bookworm AS build`,
          "WORKDIR /app",
          ...dependencies(install),
          "COPY . .",
          `RUN ${packageManager.build} && ${packageManager.prune}`,
          "",
          slim,
          environment,
          "WORKDIR /app",
          "COPY --from=build /app ./",
          ...start,
        ];
  return `${lines.join("\n")}\n`;
}

/** For `COPY . .`: what the image makes itself, what it does not need, and what nobody else may see. */
export function dockerignore({ build }: Pick<Project, "build">): string {
  const lines = [
    ".git",
    "**/node_modules",
    ...(build === undefined || build.outDir.startsWith(".") ? [] : [build.outDir]),
    "**/.env*",
    "**/.npmrc",
    "**/*.log",
    "coverage",
    "Dockerfile*",
    "docker-compose*.yml",
  ];
  return `${lines.join("\n")}\n`;
}
