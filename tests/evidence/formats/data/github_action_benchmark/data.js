window.BENCHMARK_DATA = {
  "lastUpdate": 1760049900100,
  "repoUrl": "https://example.org/maker/simulator",
  "entries": {
    "Speed": [
      {
        "commit": {
          "author": {
            "email": "maker@example.org",
            "name": "A Maker",
            "username": "maker"
          },
          "committer": {
            "email": "maker@example.org",
            "name": "A Maker",
            "username": "maker"
          },
          "distinct": true,
          "id": "d9870bd7d170f9bd96a4b056a70fcf6a56e53259",
          "message": "A simulator",
          "timestamp": "2025-10-09T15:00:00-07:00",
          "tree_id": "0898ea3c68c664984ed53a9669f08f02bdce1a9f",
          "url": "https://example.org/maker/simulator/commit/d9870bd7d170f9bd96a4b056a70fcf6a56e53259"
        },
        "date": 1760048000123,
        "tool": "pytest",
        "benches": [
          {
            "name": "test_speed.py::test_image[8]",
            "value": 167865.03698732238,
            "unit": "iter/sec",
            "range": "stddev: 3.97e-7",
            "extra": "mean: 5.95 usec\nrounds: 3"
          }
        ]
      },
      {
        "commit": {
          "author": {
            "email": "maker@example.org",
            "name": "A Maker",
            "username": "maker"
          },
          "committer": {
            "email": "maker@example.org",
            "name": "A Maker",
            "username": "maker"
          },
          "distinct": true,
          "id": "0fea7536808f7f9804d6ec46fa9372995ed94406",
          "message": "Half the phase",
          "timestamp": "2025-10-09T15:30:00-07:00",
          "tree_id": "7cc7413399d4aa7e8216d51e181c69d0ab5e8c46",
          "url": "https://example.org/maker/simulator/commit/0fea7536808f7f9804d6ec46fa9372995ed94406"
        },
        "date": 1760049840456,
        "tool": "pytest",
        "benches": [
          {
            "name": "test_speed.py::test_image[8]",
            "value": 160001.5,
            "unit": "iter/sec",
            "range": "stddev: 3.97e-7",
            "extra": "mean: 5.95 usec\nrounds: 3"
          }
        ]
      }
    ],
    "Error": [
      {
        "commit": {
          "author": {
            "email": "maker@example.org",
            "name": "A Maker",
            "username": "maker"
          },
          "committer": {
            "email": "maker@example.org",
            "name": "A Maker",
            "username": "maker"
          },
          "distinct": true,
          "id": "0fea7536808f7f9804d6ec46fa9372995ed94406",
          "message": "Half the phase",
          "timestamp": "2025-10-09T15:30:00-07:00",
          "tree_id": "7cc7413399d4aa7e8216d51e181c69d0ab5e8c46",
          "url": "https://example.org/maker/simulator/commit/0fea7536808f7f9804d6ec46fa9372995ed94406"
        },
        "date": 1760049900000,
        "tool": "customSmallerIsBetter",
        "benches": [
          {
            "name": "error",
            "value": 0.0021,
            "unit": "ratio"
          }
        ]
      }
    ]
  }
}