/// The chapter of the manual on studies that several processes share, on one machine or a cluster; its code runs as it
/// stands.
public enum ManyProcessesChapter {
    /// The chapter, as Markdown. Its blocks of code are one session.
    public static let markdown = """
        # Many processes, many machines

        A study is a folder of jobs, each of which gives the same bits whoever does it and whenever. So any number of processes
        may work on one: they are started and stopped at any time, none of them leads, and no server is needed.

        ## One machine
        Each `lunette Scripts/study.lua ... --worker` takes the next job that waits for nothing and that no other has. The same
        command without `--worker` draws the report when they are done, and `--status` tells how far they are. One thread a
        process uses the cores best: `--threads 1`, and as many workers as cores.

        In a script of one's own, `shared` does it. A job that another process works on gives nil, and who that is:

        ```lua
        path = os.tmpname() .. "-study"
        runs = study.open(path, {config = {steps = 90}, seed = 1, shared = true})
        result, holder = runs:job("n05/split1/RI", function(job) return {dice = 0.71} end)
        print(result and result.dice or holder)
        for _, claim in ipairs(study.claims(path)) do print(claim.job, claim.host, claim.process, claim.age) end
        ```

        ## Several machines that see one folder
        The same command on each. Who works on a job is told by a file `.claim` in the job's folder, made as a hard link, which
        network file systems (NFS, Lustre, BeeGFS) do whole or not at all; no lock of the system is used, as it can hold for one
        machine alone. The holder touches its claim. It is taken over

        - at once, where the holder was a process of the same machine that has ended,
        - after `stale_after` seconds without a sign of life, 120 by default, from another machine; all times are the file
          server's, so that the machines' clocks do not matter.

        A holder who was only slow finishes, too. Where two results of a job meet the first one stays, and it is told if their
        bits differ. They do on machines with other vector instructions: a worker that has others than the first one is refused,
        and where lunette came as a package `lunette --vectors avx2`, the same for all workers, lets old and new processors work
        together.

        What is promised: a result is there whole or not at all; a killed process loses what it did since its last checkpoint,
        30 seconds at most unless `checkpoint_seconds` says otherwise; nothing that is finished is done again. Where a file
        system shows files late, workers wait. Where it has no hard links, the claim is made by O_EXCL, which has to hold there.
        A folder that synchronises copies (Dropbox, rsync) is no such file system.

        ## Slurm
        `--slurm` writes the scripts of workers and of the report to the folder `slurm` in the study's, `--submit` hands them
        over, and `--cancel` takes them back. Workers are an array of jobs: `--workers 50 --throttle 20 --time 4:00:00
        --memory 4G --partition long --account mri`, of which each may be left out. Time and memory are then half and a quarter
        more than what was measured, where jobs of the study were done in its folder before, and else the partition's, as with
        `none`.

        Two minutes before its time is over a worker gets SIGUSR1: it keeps a checkpoint, leaves, and queues again. On SIGTERM,
        as when its place is needed, it keeps a checkpoint and leaves with the code 75. A script of one's own asks
        `runs.stop_signal` between its steps, or has a loop of `job:steps`, which does so by itself:

        ```lua
        if runs.stop_signal then print("to leave, because of SIG" .. runs.stop_signal) end
        runs:close()
        ```

        A job that fails does not stop the rest. It is tried again (`--tries 3`), by whichever worker, and named at the end with
        the file that tells why.

        ## What it costs, and where it stops scaling
        `--forecast FOLDER` tells how long a study would take 1, 10, 100 and 1,000 workers, by what jobs of its kinds took in the
        folder of another one: the same volumes and network with few steps, measured in minutes.

            lunette Scripts/study.lua --preset paper ... --set source_networks=2 --set source_steps=3 --set steps=3 \
                --set prior_steps=60 --set splits=1 --set test=1 --threads 1 --output runs/trial
            lunette Scripts/study.lua --preset paper ... --output runs/paper --forecast runs/trial

        The authors' study (preset `paper`: 10 source networks of 10,000 steps, 4 methods at n = 5, 10, 15 and 20, three splits)
        with the full network of 5 million weights on volumes of 80x98x81 voxels, on cores of an EPYC of 2024:

        | workers | time | at work |
        |---|---|---|
        | 1 | 16 days | 100% |
        | 10 | 46 hours | 86% |
        | 100 | 11 hours | 35% |
        | 1,000 | 11 hours | 3% |

        It stops scaling at some 35 workers, as then the longest chain decides: a source network (3 to 4 hours), the autoencoders,
        the choice of values and a Bayesian training (7 hours). Voxels count: at 1 mm all takes eight times as long. From there
        more threads a worker make the chain shorter, and for a network of one's own `mpirun` does.

        A step of that network took 1.0 s, a Bayesian one 2.5 s; a training keeps 20 MB, a Bayesian one 40 MB, three times as
        much as a checkpoint while it runs; a worker had 2.6 GB at most. A claim, with all the bookkeeping of a job, costs about
        10 ms of a core (10,000 jobs, 100 workers on two cores), half a percent of jobs of two seconds: shorter ones are
        better put together. A job makes about ten small operations on files, and its holder touches one every 20 seconds.

        | | what serves |
        |---|---|
        | a laptop | no `--worker`: one process uses all cores |
        | a workstation | as many workers as cores with `--threads 1`, or half as many with 2 |
        | a Slurm cluster | `--slurm --submit`, workers of one thread, as many as there are trainings at most |

        | file system | what is promised |
        |---|---|
        | ext4, XFS, btrfs, tmpfs | all of the above; a claim of a process that has ended is taken over at once |
        | NFS from version 3, Lustre, BeeGFS, GPFS | the same between machines, after `stale_after` seconds |
        | without hard links (FAT, some FUSE) | the same, if O_EXCL holds between machines |
        | copies that are synchronised | nothing: two machines may do the same job, to the same bits |

        The first and the third row are tried by `Scripts/test-cluster`, the second there by a layer that shows files seconds
        late and knows no locks; no file server was at hand.

        ## One network by several processes
        Where one network is too large for one machine's patience, a batch is split over the ranks that `mpirun` starts. What is
        added up is added in the order of the samples, so that any number of ranks gives the same bits, as does the script alone:

        ```lua
        torch.manual_seed(1)
        group, net = mpi.group(), nn.Conv3d(1, 1, 3, {padding = 1})
        optimizer, images = optim.Adam(net), torch.randn(4, 1, 1, 6, 6, 6)
        for step = 1, 3 do
            mean = group:backward(net, 4, function(i) return (net(images[i]) - 1):square():mean() end)
            optimizer:step()
        end
        if group.rank == 0 then print(mean) end
        ```

            mpirun -n 4 lunette train-mine.lua

        Each rank reads what it needs of its share; all begin with the same seed, which is checked.

        """
}
