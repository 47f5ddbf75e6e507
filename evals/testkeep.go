package evals

import "github.com/GaboBase/arch-genops/assets"

// TestResult reads the result of a run of tests.
func (f Folder) TestResult() (*TestResult, error) {
	var r TestResult
	if err := f.ReadJSON(assets.ResultFile, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// verifyTests decides recorded tests again.
func verifyTests(root string, f Folder) (*Verification, error) {
	r, err := f.TestResult()
	if err != nil {
		return nil, err
	}
	v := &Verification{Run: f.ID, Recorded: r.Verdict, Decided: testVerdict(r.Tests).String(), Records: len(r.Tests)}
	v.checkResult(root, f, true)
	v.checkFiles(f, r.Files, assets.ManifestFile)
	if v.Recorded != v.Decided {
		v.problem("the recorded verdict is %s, the evidence says %s", v.Recorded, v.Decided)
	}
	v.Stands = len(v.Problems) == 0
	return v, nil
}
