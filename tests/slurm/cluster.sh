#!/bin/sh
# A Slurm of one node on this machine, for the tests: cluster.sh start FOLDER | stop FOLDER
#
# Needs root. Everything that it writes lies in FOLDER, but for a link in /etc/slurm: SLURM_CONF does
# not reach srun inside a job. A machine that has a Slurm of its own is left alone. There is neither
# an accounting database nor a cgroup here, so Slurm does not enforce limits on memory.
set -eu

folder=$(realpath -m "$2")
conf="$folder/slurm.conf"
link=/etc/slurm/slurm.conf

install() {
    command -v slurmctld slurmd munged >/dev/null 2>&1 && return
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends slurm-wlm munge
}

configure() {
    if test -e "$link" && test ! -L "$link"; then
        echo "$link is there: this machine has a Slurm of its own" >&2
        exit 1
    fi
    mkdir -p "$folder/state" "$folder/spool"
    chmod 755 "$folder"
    head -c 1024 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    cat >"$conf" <<END
ClusterName=plumbline
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CryptoType=crypto/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
KillWait=2
MinJobAge=300
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(free -m | awk '/^Mem:/ {print int($2 * 0.9)}')
PartitionName=test Nodes=ALL Default=YES MaxTime=60 State=UP
END
    mkdir -p "$(dirname "$link")"
    ln -sfn "$conf" "$link"
}

start() {
    install
    configure
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/munged.seed"
    slurmctld
    slurmd
    for _ in $(seq 60); do
        sinfo --noheader --format=%T 2>/dev/null | grep -q idle && return
        sleep 0.5
    done
    echo "Slurm does not start; read $folder/slurmctld.log and $folder/slurmd.log" >&2
    tail -n 20 "$folder/slurmctld.log" "$folder/slurmd.log" >&2
    return 1
}

stop() {
    scancel --quiet --user="$(id -un)" || true
    for _ in $(seq 20); do
        test -n "$(squeue --noheader 2>/dev/null)" || break
        sleep 0.5
    done
    for daemon in slurmd slurmctld munged; do
        test -f "$folder/$daemon.pid" && kill "$(cat "$folder/$daemon.pid")" || true
    done
    test "$(readlink "$link")" != "$conf" || rm "$link"
}

"$1"
