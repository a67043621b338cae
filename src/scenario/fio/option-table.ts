/**
 * Every option that fio knows (release 3.42 and its development after it), and what the simulator does with it. Options are grouped by
 * the sentence that tells the user what becomes of them; aliases follow the name after a slash.
 *
 * used: read and simulated.
 * no-effect: changes nothing that is simulated here.
 * substituted: changes something in real life that is not modelled; the sentence says what is simulated instead. Where the
 *   value is one of `off`, it asks for nothing and has no effect.
 * refused: would open files or run commands, which this importer never does.
 */
export type OptionKind = 'used' | 'no-effect' | 'substituted' | 'refused';

export type OptionGroup = {
  readonly kind: OptionKind;
  readonly message: string;
  readonly names: string;
  readonly off?: readonly string[];
};

const OFF = ['0', 'none'];

export const JOB_OPTIONS: readonly OptionGroup[] = [
  { kind: 'used', message: 'names the job', names: 'name' },
  { kind: 'used', message: 'names the file; only the name matters here', names: 'filename' },
  { kind: 'used', message: 'direction and pattern', names: 'rw/readwrite' },
  { kind: 'used', message: 'how the job submits and learns of completion', names: 'ioengine' },
  { kind: 'used', message: 'I/Os in flight', names: 'iodepth' },
  {
    kind: 'used',
    message: 'I/Os handed over in one system call',
    names: 'iodepth_batch/iodepth_batch_submit',
  },
  {
    kind: 'used',
    message: 'completions to wait for when the queue is full',
    names: 'iodepth_batch_complete_min/iodepth_batch_complete',
  },
  { kind: 'used', message: 'how far the queue is drained', names: 'iodepth_batch_complete_max iodepth_low' },
  { kind: 'used', message: 'polled completion', names: 'hipri' },
  { kind: 'used', message: 'O_DSYNC or O_SYNC for its writes', names: 'sync' },
  {
    kind: 'used',
    message: 'a thread of the kernel submits (SQPOLL)',
    names: 'sqthread_poll sqthread_poll_cpu',
  },
  { kind: 'used', message: 'direct or buffered I/O', names: 'direct buffered' },
  { kind: 'used', message: 'buffered I/O that drops its pages (RWF_DONTCACHE)', names: 'uncached' },
  { kind: 'used', message: 'calls of fsync', names: 'fsync fdatasync end_fsync fsync_on_close' },
  {
    kind: 'used',
    message: 'size of each I/O',
    names: 'bs/blocksize bsrange/blocksize_range bssplit bs_unaligned/blocksize_unaligned',
  },
  {
    kind: 'used',
    message: 'the region of the file and the amount of work',
    names:
      'size io_size/io_limit filesize offset/fileoffset offset_increment nrfiles/nr_files number_ios loops fill_device/fill_fs',
  },
  { kind: 'used', message: 'how long the job runs', names: 'runtime/timeout time_based startdelay' },
  { kind: 'used', message: 'pacing', names: 'rate rate_iops thinktime thinktime_blocks' },
  { kind: 'used', message: 'share of reads', names: 'rwmixread rwmixwrite' },
  { kind: 'used', message: 'choice of random offsets', names: 'norandommap randseed' },
  { kind: 'used', message: 'clones of the job', names: 'numjobs' },
  {
    kind: 'used',
    message: 'CPUs that the job may run on',
    names: 'cpus_allowed cpumask cpus_allowed_policy',
  },
  { kind: 'used', message: 'order of the jobs', names: 'stonewall/wait_for_previous wait_for' },
  { kind: 'used', message: 'meaning of size suffixes', names: 'kb_base' },

  {
    kind: 'no-effect',
    message: 'only what fio measures, writes down or prints',
    names:
      'group_reporting new_group per_job_logs write_bw_log write_lat_log write_iops_log write_hist_log write_iolog log_entries ' +
      'log_avg_msec log_hist_msec log_hist_coarseness log_window_value/log_max_value log_offset log_prio log_issue_time ' +
      'log_compression log_compression_cpus log_store_compressed log_alternate_epoch/log_unix_epoch log_alternate_epoch_clock_id ' +
      'job_start_clock_id block_error_percentiles bwavgtime iopsavgtime stats clat_percentiles lat_percentiles slat_percentiles ' +
      'percentile_list significant_figures disk_util gtod_reduce disable_lat disable_clat disable_slat ' +
      'disable_bw_measurement/disable_bw gtod_cpu clocksource unified_rw_reporting unit_base description ramp_time ramp_size',
  },
  {
    kind: 'no-effect',
    message: 'the contents and the memory of buffers are not simulated',
    names:
      'zero_buffers refill_buffers scramble_buffers buffer_pattern buffer_compress_percentage buffer_compress_chunk dedupe_percentage ' +
      'dedupe_global dedupe_mode dedupe_working_set_percentage mem/iomem iomem_align/mem_align hugepage-size lockmem thp gpu_dev_id',
  },
  {
    kind: 'no-effect',
    message: 'the file exists before the run, and all of it is written blocks',
    names:
      'fallocate overwrite create_serialize create_fsync create_on_open create_only allow_file_create allow_mounted_write unlink ' +
      'unlink_each_loop directory filetype filename_format unique_filename openfiles fadvise_hint write_hint',
  },
  { kind: 'no-effect', message: 'no page is cached before the run', names: 'invalidate' },
  { kind: 'no-effect', message: 'a task is a task here, thread or process', names: 'thread' },
  {
    kind: 'no-effect',
    message: 'the simulator’s generator always starts from the seed of the scenario',
    names: 'randrepeat/allrandrepeat random_generator softrandommap',
  },
  {
    kind: 'no-effect',
    message: 'no simulated I/O fails and no job is ended early',
    names:
      'continue_on_error ignore_error error_dump exitall_on_error exit_what max_latency rate_min/ratemin rate_iops_min ' +
      'rate_cycle/ratecycle',
  },
  {
    kind: 'no-effect',
    message: 'I/O priorities and hints for the drive are not simulated',
    names:
      'prio prioclass priohint cmdprio_percentage cmdprio_class cmdprio_hint cmdprio cmdprio_bssplit fdp dataplacement/data_placement ' +
      'plid_select/fdp_pli_select plids/fdp_pli dp_scheme num_range',
  },
  { kind: 'no-effect', message: 'there are no users and no groups here', names: 'uid gid comm' },
  {
    kind: 'no-effect',
    message: 'only details of a verification, which is not simulated',
    names:
      'do_verify verify_policy verifysort verifysort_nr verify_interval verify_offset verify_pattern verify_pattern_interval verify_fatal ' +
      'verify_dump verify_async verify_backlog verify_backlog_batch verify_async_cpus experimental_verify verify_state_load ' +
      'verify_state_save verify_write_sequence verify_header_seed trim_verify_zero trim_backlog trim_backlog_batch',
  },
  {
    kind: 'no-effect',
    message: 'fio itself no longer does anything with it',
    names: 'percentage_sequential rwmixcycle flow_watermark',
  },

  {
    kind: 'substituted',
    message: 'verification is not simulated; the job’s own reads and writes are',
    names: 'verify verify_only',
    off: [...OFF, 'null'],
  },
  {
    kind: 'substituted',
    message: 'writes are simulated without it',
    names: 'write_barrier sync_file_range end_syncfs',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'ordinary writes are simulated, without RWF_ATOMIC',
    names: 'atomic',
    off: OFF,
  },
  { kind: 'substituted', message: 'I/Os are simulated without RWF_NOWAIT', names: 'nowait', off: OFF },
  {
    kind: 'substituted',
    message: 'all I/Os are issued by the job itself, none by io-wq',
    names: 'force_async',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'ordinary commands are simulated, without FUA',
    names: 'readfua writefua',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'the job submits inline; a thread for submission is not simulated',
    names: 'io_submit_mode serialize_overlap',
    off: [...OFF, 'inline'],
  },
  {
    kind: 'substituted',
    message: 'random offsets are uniform',
    names: 'random_distribution random_sequence_stride sprandom spr_num_regions spr_op spr_cs',
    off: ['0', 'random'],
  },
  {
    kind: 'substituted',
    message: 'all offsets of a random job are random',
    names: 'percentage_random',
    off: ['100'],
  },
  {
    kind: 'substituted',
    message: 'reads and writes have their own sizes',
    names: 'bs_is_seq_rand',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'offsets are multiples of the I/O size',
    names: 'ba/blockalign offset_align',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'reads and writes are mixed at random in the given share',
    names: 'rw_sequencer',
    off: ['sequential'],
  },
  {
    kind: 'substituted',
    message: 'one file stands for all of a job’s files',
    names: 'file_service_type',
    off: ['roundrobin'],
  },
  {
    kind: 'substituted',
    message: 'the job overwrites the file from its start',
    names: 'file_append',
    off: OFF,
  },
  { kind: 'substituted', message: 'files are not locked', names: 'lockfile', off: OFF },
  {
    kind: 'substituted',
    message: 'no page is cached before the run',
    names: 'pre_read',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'the drive is an ordinary one; I/O goes to the whole region',
    names:
      'zonemode zonesize zonecapacity zonerange zoneskip read_beyond_wp max_open_zones job_max_open_zones ignore_zone_limits ' +
      'zone_reset_threshold zone_reset_frequency recover_zbd_write_error write_zone_remainder',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'the requests go straight to the driver, as with the scheduler "none"',
    names: 'ioscheduler',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'NUMA nodes are not simulated; the job may run on every CPU',
    names: 'numa_cpu_nodes numa_mem_policy',
  },
  {
    kind: 'substituted',
    message: 'all tasks have the same scheduling priority and no group',
    names: 'nice cgroup cgroup_weight cgroup_nodelete',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'a pause sleeps; it does not burn the CPU',
    names: 'thinktime_spin thinkcycles',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'there is one pause length, counted from the completion',
    names: 'thinktime_blocks_type thinktime_iotime',
    off: ['0', 'complete'],
  },
  {
    kind: 'substituted',
    message: 'I/Os of a limited rate are evenly spaced',
    names: 'rate_process rate_ignore_thinktime',
    off: ['0', 'linear'],
  },
  {
    kind: 'substituted',
    message: 'the depth stays at iodepth',
    names: 'latency_target latency_window latency_percentile latency_run',
    off: OFF,
  },
  {
    kind: 'substituted',
    message: 'the number of simulated I/Os ends the run, not the steady state',
    names:
      'steadystate/ss steadystate_duration/ss_dur steadystate_ramp_time/ss_ramp steadystate_check_interval/ss_interval',
  },
  {
    kind: 'substituted',
    message: 'jobs do not wait for one another’s share',
    names: 'flow flow_id flow_sleep',
    off: OFF,
  },
  { kind: 'substituted', message: 'every job runs to its own end', names: 'exitall', off: OFF },
  {
    kind: 'substituted',
    message: 'discards are not simulated; reads and writes are',
    names: 'trim_percentage',
    off: OFF,
  },

  {
    kind: 'refused',
    message: 'is not read: bioscope opens no files. The rest of the job is simulated',
    names:
      'include opendir read_iolog read_iolog_chunked replay_no_stall replay_redirect replay_scale replay_align replay_time_scale ' +
      'replay_skip merge_blktrace_file merge_blktrace_scalars merge_blktrace_iters',
  },
  {
    kind: 'refused',
    message: 'is not run: bioscope runs no commands. The rest of the job is simulated',
    names: 'exec_prerun exec_postrun',
  },
  {
    kind: 'refused',
    message: 'is not known: the jobs of a profile are built into fio. Only the jobs given here are simulated',
    names: 'profile',
  },
];

/** Options of single I/O engines that are not among the above. */
export const ENGINE_OPTIONS: readonly OptionGroup[] = [
  {
    kind: 'no-effect',
    message: 'registered buffers and files and vectored calls cost the same here',
    names: 'fixedbufs registerfiles nonvectored libaio_vectored userspace_reap hipri_percentage',
  },
  {
    kind: 'no-effect',
    message: 'belongs to an I/O engine that is not simulated',
    names:
      'cpuload cpumode cpuchunks exit_on_io_done pool cont chunk_size/chunck_size object_class svcl donorname inplace program arguments ' +
      'grace_time std_redirect stat_type volume brick single-instance single_instance https http_host http_user http_pass http_s3_key ' +
      'http_s3_keyid http_s3_security_token http_swift_auth_token http_s3_region http_s3_sse_customer_key ' +
      'http_s3_sse_customer_algorithm http_s3_storage_class http_mode http_verbose http_object_mode write_mode verify_mode cmd_type ' +
      'cdb_len verify_bytchk read_mode md_per_io_size pi_act pi_chk apptag apptag_mask deac libblkio_driver libblkio_path ' +
      'libblkio_pre_connect_props libblkio_num_entries libblkio_queue_size libblkio_pre_start_props libblkio_vectored ' +
      'libblkio_write_zeroes_on_trim libblkio_wait_mode libblkio_force_enable_completion_eventfd gpu_dev_ids cuda_io rocm_io ' +
      'namenode hostname port hdfsdirectory hdfs_use_direct initiator skip_bad uri protocol/proto nodelay listen pingpong interface ' +
      'ttl window_size mss nfs_url clustername clientname conf busy_poll touch_objects rbdname rbd_encryption_format rbd_encryption_passphrase bindname verb ' +
      'sg_write_mode stream_id dummy no_completion_thread xnvme_be xnvme_mem xnvme_async xnvme_sync xnvme_admin xnvme_dev_nsid ' +
      'xnvme_dev_subnqn xnvme_iovec',
  },
];

/** Options of the fio command itself; a job file cannot hold them. */
export const COMMAND_OPTIONS: readonly OptionGroup[] = [
  {
    kind: 'no-effect',
    message: 'only what the fio command prints, logs or checks',
    names:
      'output latency-log bandwidth-log minimal output-format append-terse showcmd eta eta-interval eta-newline debug parse-only ' +
      'inflate-log alloc-size warnings-fatal max-jobs terse-version cpuclock-test crctest memcpytest idle-prof status-interval ' +
      'trigger-timeout aux-path merge-blktrace-only readonly',
  },
  {
    kind: 'substituted',
    message: 'all jobs of the command line are simulated',
    names: 'section',
  },
  {
    kind: 'refused',
    message:
      'is not run: bioscope runs no commands and talks to no other machine. The jobs given here are simulated',
    names: 'trigger-file trigger trigger-remote server server-internal daemonize client remote-config',
  },
  {
    kind: 'refused',
    message: 'makes fio print something and stop. The jobs given here are simulated',
    names: 'version help cmdhelp enghelp',
  },
];

/** Bare keys: fio takes them without a value, on the command line only as `--key` or `--key=value`. */
export const FLAGS: ReadonlySet<string> = new Set(
  (
    'bs_unaligned norandommap time_based verify_only exitall exitall_on_error stonewall new_group thread group_reporting zero_buffers ' +
    'refill_buffers hipri fixedbufs registerfiles sqthread_poll userspace_reap libblkio_vectored libblkio_write_zeroes_on_trim ' +
    'libblkio_force_enable_completion_eventfd listen pingpong xnvme_iovec no_completion_thread dummy ' +
    'bandwidth-log minimal append-terse version help cmdhelp enghelp showcmd readonly parse-only warnings-fatal server ' +
    'cpuclock-test crctest memcpytest merge-blktrace-only'
  ).split(' '),
);
