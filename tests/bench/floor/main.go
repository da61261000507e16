// Copyright: (c) 2026, kubevim.nfvi contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What an API server can do at most: server-side applies over one HTTP/2 connection, 16 at a time, and nothing else.
//
//	floor SERVER CA CERTIFICATE KEY REQUESTS
//
// REQUESTS is JSON: a list of levels, each a list of {"path", "body"}. Prints the seconds from the first to the last.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const streams = 16

type request struct {
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
}

func main() {
	server, client := os.Args[1], connect(os.Args[2], os.Args[3], os.Args[4])
	var levels [][]request
	check(json.Unmarshal(read(os.Args[5]), &levels))
	started := time.Now()
	for _, level := range levels {
		apply(client, server, level)
	}
	fmt.Printf("%.4f\n", time.Since(started).Seconds())
}

func connect(ca, certificate, key string) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(ca))
	pair, err := tls.LoadX509KeyPair(certificate, key)
	check(err)
	config := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
}

func apply(client *http.Client, server string, level []request) {
	todo := make(chan request)
	var done sync.WaitGroup
	for range streams {
		done.Go(func() {
			for each := range todo {
				patch(client, server, each)
			}
		})
	}
	for _, each := range level {
		todo <- each
	}
	close(todo)
	done.Wait()
}

func patch(client *http.Client, server string, each request) {
	asked, err := http.NewRequest("PATCH", server+each.Path+"?fieldManager=floor", bytes.NewReader(each.Body))
	check(err)
	asked.Header.Set("Content-Type", "application/apply-patch+yaml")
	answer, err := client.Do(asked)
	check(err)
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode >= 300 {
		check(fmt.Errorf("%s: %d %s", each.Path, answer.StatusCode, said))
	}
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	check(err)
	return content
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
