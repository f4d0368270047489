package wire

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

const people = "name,school,company,age\r\nLora Francis,School A,Staples Inc,27\r\n" +
	"Eleanor Little,School B,\"Conectiv, Inc\",43\r\nLawrence Ross,School D,MetLife Inc.,24"

func TestSelectsRows(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		put(t, client, bucket, "people.csv", people)
		put(t, client, bucket, "people.json", "{\n\t\"name\": \"Lora Francis\",\n\t\"age\": 27\n}\n{\"name\": \"Lawrence Ross\", \"age\": 24}")

		request := &oss.SelectRequest{Expression: oss.Ptr("select name, age from ossobject where age > 25")}
		request.InputSerializationSelect.CsvBodyInput = &oss.CSVSelectInput{FileHeaderInfo: oss.Ptr("Use")}
		request.OutputSerializationSelect = oss.OutputSerializationSelect{
			OutputHeader:     oss.Ptr(true),
			EnablePayloadCrc: oss.Ptr(true),
			CsvBodyOutput:    &oss.CSVSelectOutput{FieldDelimiter: oss.Ptr("|")},
		}
		equal(t, "csv", selected(t, client, bucket, "people.csv", request), "name|age\nLora Francis|27\nEleanor Little|43\n")

		request = &oss.SelectRequest{Expression: oss.Ptr("select name from ossobject")}
		request.InputSerializationSelect.CsvBodyInput = &oss.CSVSelectInput{FileHeaderInfo: oss.Ptr("Use"), Range: oss.Ptr("2-3")}
		equal(t, "lines", selected(t, client, bucket, "people.csv", request), "Eleanor Little\nLawrence Ross\n")

		request = &oss.SelectRequest{Expression: oss.Ptr("select s.name from ossobject s where s.age < 25")}
		request.InputSerializationSelect.JsonBodyInput = &oss.JSONSelectInput{JSONType: oss.Ptr("LINES")}
		equal(t, "json", selected(t, client, bucket, "people.json", request), "{\"name\":\"Lawrence Ross\"}\n")

		_, err := client.SelectObject(context.Background(), &oss.SelectObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("people.csv"),
			SelectRequest: &oss.SelectRequest{Expression: oss.Ptr("select * from ossobject order by _1")}})
		refused(t, err, "InvalidSqlParameter", 400)
	})
}

func TestCountsRows(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		put(t, client, bucket, "people.csv", people)
		put(t, client, bucket, "people.json", strings.Repeat("{\"a\": 1}\n", 7))
		csv, err := client.CreateSelectObjectMeta(context.Background(), &oss.CreateSelectObjectMetaRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("people.csv"), MetaRequest: &oss.CsvMetaRequest{OverwriteIfExists: oss.Ptr(true)}})
		check(t, err)
		equal(t, "rows", csv.RowsCount, 4)
		equal(t, "columns", csv.ColumnsCount, 4)
		equal(t, "scanned", csv.TotalScanned, int64(len(people)))
		json, err := client.CreateSelectObjectMeta(context.Background(), &oss.CreateSelectObjectMetaRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("people.json"), MetaRequest: &oss.JsonMetaRequest{
				InputSerialization: &oss.InputSerialization{JSON: &oss.InputSerializationJSON{JSONType: oss.Ptr("LINES")}}}})
		check(t, err)
		equal(t, "rows", json.RowsCount, 7)
		equal(t, "splits", json.SplitsCount, 1)
	})
}

func selected(t *testing.T, client *oss.Client, bucket, key string, request *oss.SelectRequest) string {
	t.Helper()
	result, err := client.SelectObject(context.Background(), &oss.SelectObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), SelectRequest: request})
	check(t, err)
	defer result.Body.Close()
	body, err := io.ReadAll(result.Body)
	check(t, err)
	return string(body)
}
