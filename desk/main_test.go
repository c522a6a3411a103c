package desk_test

import (
	"testing"

	"loquet/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
