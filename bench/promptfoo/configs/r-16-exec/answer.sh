echo "sh says $1"
