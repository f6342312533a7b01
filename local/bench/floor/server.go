package floor

import (
	"encoding/json"
	"net/http"
)

// Handler answers each request with one POST to WeCom: JSON in, JSON out, on every path.
func Handler(client *Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var input struct {
			ToUser  string `json:"touser"`
			Content string `json:"content"`
		}
		if err := json.NewDecoder(r.Body).Decode(&input); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		sent, err := client.SendText(r.Context(), &TextMessage{ToUser: input.ToUser, Text: Text{input.Content}})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// The header is out: a failed write means that the caller has gone, and there is nobody to tell.
		_ = json.NewEncoder(w).Encode(map[string]string{"msgid": sent.MsgID})
	})
}
