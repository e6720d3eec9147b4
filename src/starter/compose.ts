import type { Project } from "./project.ts";

export const composeFiles = ["docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"];

/** The service of the workers, and Redis where no other file has it. docs/CONTAINERS.md gives the reason for each line. */
export function composeFile(
  project: Pick<Project, "application">,
  dockerfile: string,
  other: string | undefined,
): string {
  const redis = other === undefined ? "redis" : redisServiceOf(other);
  const url = redis === undefined ? '"${REDIS_URL:?expected the URL of your Redis}"' : `redis://${redis}:6379`;
  const lines = [
    "services:",
    ...(other === undefined ? ownRedis : []),
    "  workers:",
    ...(dockerfile === "Dockerfile"
      ? ["    build: ."]
      : ["    build:", "      context: .", `      dockerfile: ${dockerfile}`]),
    "    container_name: workers",
    ...(redis === undefined ? [] : [`    depends_on: [${redis}]`]),
    "    environment:",
    `      REDIS_URL: ${url}`,
    ...(project.application.setsWorkload ? [] : ['      WORKLOAD: "*"']),
    "      FORKER_DRAIN_TIMEOUT: 25s",
    "    # Longer than FORKER_DRAIN_TIMEOUT and FORKER_STOP_TIMEOUT together.",
    "    stop_grace_period: 35s",
    "    restart: always",
  ];
  return `${lines.join("\n")}\n`;
}

const ownRedis = [
  "  redis:",
  "    image: redis:7",
  "    # BullMQ's keys must not be evicted.",
  '    command: ["redis-server", "--maxmemory-policy", "noeviction"]',
];

/** The first service whose image is Redis or Valkey. */
export function redisServiceOf(compose: string): string | undefined {
  let service: string | undefined;
  for (const line of compose.split("\n")) {
    service = /^ {1,4}([\w.-]+):\s*$/.exec(line)?.[1] ?? service;
    if (/^\s+image:\s*["']?(?:\S*\/)?(?:redis|valkey)(?:[:@"'\s]|$)/.test(line)) return service;
  }
  return undefined;
}
