# nomad job run deploy/nomad/workers.nomad.hcl        docs/ORCHESTRATORS.md explains each line.
job "workers" {
  type = "service"

  update {
    # A new allocation is healthy when /readyz answers 200. Only then does Nomad stop the old one.
    max_parallel     = 1
    canary           = 1
    auto_promote     = true
    auto_revert      = true
    health_check     = "checks"
    min_healthy_time = "10s"
    healthy_deadline = "3m"
  }

  group "workers" {
    count = 2

    network {
      port "health" {
        to = 9400
      }
    }

    service {
      name     = "workers"
      provider = "nomad"
      port     = "health"

      check {
        type     = "http"
        path     = "/readyz"
        interval = "5s"
        timeout  = "2s"
      }
    }

    task "workers" {
      driver = "docker"
      user   = "10001:10001"

      # FORKER_DRAIN_TIMEOUT 25 s + FORKER_STOP_TIMEOUT 2 s + 2 s to hand back + 6 s for teardown(), and 10 s to spare. The
      # client's max_kill_timeout (30 s by default) must allow it.
      kill_signal  = "SIGQUIT"
      kill_timeout = "45s"

      config {
        image           = "registry.example.com/shop/workers:1.0.0"
        ports           = ["health"]
        init            = false
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
      }

      env {
        WORKLOAD             = "import; import,export x2; *"
        FORKER_DRAIN_TIMEOUT = "25s"
        FORKER_HTTP          = ":9400"
      }

      # REDIS_URL, from: nomad var put nomad/jobs/workers redis_url=redis://…
      template {
        destination = "secrets/workers.env"
        env         = true
        # The environment of a process cannot change, so a new value restarts the task, after a drain.
        change_mode = "restart"
        data        = <<-TEMPLATE
          {{ with nomadVar "nomad/jobs/workers" }}REDIS_URL={{ .redis_url }}{{ end }}
        TEMPLATE
      }

      resources {
        cpu    = 1000
        memory = 1024
      }
    }
  }
}
