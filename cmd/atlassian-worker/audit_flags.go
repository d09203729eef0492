package main

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/rs/zerolog"

	"arcade-atlassian/cmd/atlassian-worker/internal/logging"
)

// auditFlags say where it is written who changed what.
type auditFlags struct {
	AuditLog string `help:"Append a line of JSON to this file for each call of a tool that writes: who, what and the outcome, never content; - is standard output. SIGHUP opens the file again. A line that cannot be written is logged and counted, and the call is answered." env:"ARCADE_AUDIT_LOG" placeholder:"FILE"`
}

// auditLog is an open one. Without a flag its Writer is nil.
type auditLog struct {
	io.Writer
	reopen func()
	close  func()
}

// openAudit opens what the flag names.
func (f auditFlags) openAudit(stdout io.Writer, log zerolog.Logger) (auditLog, error) {
	switch f.AuditLog {
	case "":
		return auditLog{nil, func() {}, func() {}}, nil
	case "-":
		lines := &auditStream{Writer: logging.NewWriter(stdout)}
		end := func() {
			if lost := lines.Close(flushLimit) + lines.Dropped() - lines.told.Load(); lost > 0 {
				log.Error().Int64("lost", lost).Msg("the last lines of the audit log could not be written")
			}
		}
		return auditLog{lines, func() {}, end}, nil
	}
	file, err := logging.OpenFile(f.AuditLog)
	if err != nil {
		return auditLog{}, fmt.Errorf("--audit-log: %w", err)
	}
	reopen := func() {
		if err := file.Reopen(); err != nil {
			log.Error().Err(err).Msg("the audit log cannot be opened again: going on with the old file")
			return
		}
		log.Info().Msg("audit log opened again")
	}
	end := func() {
		if err := file.Close(); err != nil {
			log.Error().Err(err).Msg("the end of the audit log may not be on the disk")
		}
	}
	return auditLog{file, reopen, end}, nil
}

// auditStream is a pipe or a terminal, which may stand still: nobody waits for it.
type auditStream struct {
	*logging.Writer
	told atomic.Int64 // of the dropped lines
}

var errDropped = errors.New("standard output takes no more: lines were dropped")

// Write fails when lines were dropped since the last time.
func (s *auditStream) Write(line []byte) (int, error) {
	n, err := s.Writer.Write(line)
	if dropped := s.Dropped(); s.told.Swap(dropped) < dropped {
		return 0, errDropped
	}
	return n, err
}
