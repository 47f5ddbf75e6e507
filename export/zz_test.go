package export
import ("os";"testing";"bytes")
func TestZZ(t *testing.T){
 rows:=sampleRows(424); r:=sampleResult(rows,612)
 f,_:=os.Create("/tmp/shots/fail.html"); HTML(f,r,rows); f.Close()
 r.Verdict="pass"; r.Rules=r.Rules[1:2]; r.Cases.Total=424;r.Stopped=false; r.Warnings=nil
 f,_=os.Create("/tmp/shots/pass.html"); HTML(f,r,rows); f.Close()
 r.Verdict="undecided"; r.Rules=nil
 f,_=os.Create("/tmp/shots/und.html"); HTML(f,r,rows[:5]); f.Close()
 rows=sampleRows(5000); r=sampleResult(rows,5000)
 var b bytes.Buffer; HTML(&b,r,rows); t.Log(b.Len())
}
