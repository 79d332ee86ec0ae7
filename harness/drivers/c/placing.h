/* Where the driver runs, and the CPU time that it has had. */

#ifdef __linux__
static void work_place(Request *r) {
    Json *cpus = get(r->args, "cpus");
    const char *name = word(r, "policy");
    int policy = strcmp(name, "batch") ? SCHED_OTHER : SCHED_BATCH;
    if (!cpus || cpus->kind != LIST || !cpus->first) give_up(r, "broken", "cpus must be a list of CPU numbers");
    if (policy == SCHED_OTHER && strcmp(name, "other")) give_up(r, "broken", "policy must be batch or other, not %s", name);
    struct sched_param param = {0};
    cpu_set_t set;
    CPU_ZERO(&set);
    for (Json *one = cpus ? cpus->first : NULL; one; one = one->next) CPU_SET((int)one->number, &set);
    DIR *tasks = opendir("/proc/self/task");
    bool pinned = tasks != NULL, scheduled = tasks != NULL;
    for (struct dirent *task; tasks && (task = readdir(tasks));)
        if (atoi(task->d_name)) {
            pinned = sched_setaffinity(atoi(task->d_name), sizeof set, &set) == 0 && pinned;
            scheduled = sched_setscheduler(atoi(task->d_name), policy, &param) == 0 && scheduled;
        }
    if (tasks) closedir(tasks);
    say(&r->values, "\"cpus\":%s", pinned ? "[" : "null");
    const char *comma = "";
    for (int cpu = 0; pinned && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set)) { say(&r->values, "%s%d", comma, cpu); comma = ","; }
    say(&r->values, "%s,\"policy\":", pinned ? "]" : "");
    if (scheduled) say(&r->values, "\"%s\"", policy == SCHED_BATCH ? "batch" : "other");
    else say(&r->values, "null");
}
#endif

static void work_cpu_time(Request *r) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    say(&r->values, "\"ns\":%lld", (long long)time.tv_sec * 1000000000 + time.tv_nsec);
}
