"""What the made-up company wants of itself in a quarter: the second tree of its OKRs.

Written as the first.
"""

from typing import Final

HOUSE: Final = """\
O Managing Director | A house that keeps its promises and pays its way
  K Head of Logistics | 96 % of parcels on the promised day | 94.7 % over the quarter | 0.70
    O Head of Logistics | Parcels arrive when they were promised
      K Head of Logistics | Promise shown before the order | Done | 1.00
        O Delivery Team | A day that holds
          K Delivery Team | Promise by postcode | 100 % complete | 1.00
          K Delivery Team | Second carrier for the islands | Done | 1.00
          K Delivery Team | Late parcels told of before the customer asks | 75 % complete | 0.75
        O Carrier Desk | Carriers who know our season
          K Carrier Desk | Volumes agreed with all 5 carriers | 5 of 5 carriers | 1.00
          K Carrier Desk | Penalty for late pickup in each contract | 3 of 5 contracts | 0.60
      K Head of Logistics | Provisions stay between 3.5 and 4.9 degrees | Two nights outside | 0.80
        O Warehouse Team | Cold, not frozen
          K Warehouse Team | Doors that report when left open | 14 of 16 doors | 0.88
          K Warehouse Team | Spare compressor on site | Done | 1.00
          K Warehouse Team | Night rounds written down | 85 % complete
      K Head of Logistics | Returns back on the shelf in three days | 4.1 days | 0.45
        O Returns Team | A return is stock, not waste
          K Returns Team | Two more tables for checking | Done | 1.00
          K Returns Team | Labels that the scanner reads | In progress
  K Head of Purchasing | Stock turns over 5.8 times a year | 5.7 | 0.90
    O Head of Purchasing | Buy what sells, when it sells
      K Purchasing Team | Orders that follow the forecast | 60 % done
        O Forecast Team | A forecast purchasing trusts
          K Forecast Team | Error below 20 % for the top 1000 | 23 % | 0.65
          K Forecast Team | Season learned from five years | Done | 1.00
      K Purchasing Team | One stock for shop and warehouse | Not started
        O Stock Team | Shops and warehouse see the same shelf
          K Stock Team | Counts of all 12 shops in one system | Not started
          K Stock Team | Transfers overnight | Lost to the peak, will carry over to Q2
      K Purchasing Team | 30 suppliers on the new contract | 22 of 30 suppliers | 0.73
        O Supplier Desk | Contracts worth signing
          K Supplier Desk | Contract in four languages | Done | 1.00
          K Supplier Desk | Visits to the ten largest | 8 of 10 visits | 0.80
  K Head of Finance | Running costs 3 % below plan | 2.1 % below plan | 0.70
    O Head of Finance | Figures on the third day
      K Accounting Team | Months closed within three days | 2 of 3 months | 0.67
        O Accounting Team | Close without overtime
          K Accounting Team | Bank entries booked by rule | 92 % complete | 0.92
          K Accounting Team | Travel claims without paper | Done | 1.00
          K Accounting Team | Checklist for each closing | Done | 1.00
      K Controlling Team | Each department sees its costs weekly | 5 of 7 departments | 0.71
    O Head of Facilities | A building that wastes nothing
      K Facilities Team | Heating 10 % below last winter | 8 % below | 0.80
      K Facilities Team | Lights off when nobody is there | 100 % complete | 1.00
  K Head of People | Fewer than 2 % leave in the season | 2.4 % left | 0.60
    O Head of People | People who stay past Christmas
      K People Team | Every newcomer has a companion | 48 of 50 newcomers | 0.96
        O People Team | The first week counts
          K People Team | Welcome day in each site | 3 of 3 sites | 1.00
          K People Team | Tools ready on the first morning | 90 % complete | 0.90
          K People Team | Talk after two weeks with everybody | Done | 1.00
      K People Team | Shifts known three weeks ahead | In progress
        O Works Planning | Plans that hold
          K Works Planning | Plan published on Mondays | 11 of 12 weeks | 0.92
          K Works Planning | Swaps by phone | 40 % complete
      K People Team | Salaries compared with the market | Not started
    O Head of Learning | Everybody learns one thing a quarter
      K Learning Team | A course for each team lead | 16 of 18 leads | 0.89
      K Learning Team | An hour a week kept free | Not everywhere yet
  K Head of Technology | No finding of the audit older than 90 days | 3 findings are | 0.50
    O Head of Technology | Safe without being slow
      K Security Team | Two factors for all accounts | 98 % complete | 0.98
        O Security Team | Nobody clicks on it
          K Security Team | Two exercises with feedback | 2 of 2 | 1.00
          K Security Team | Reports answered the same day | Done | 1.00
      K Platform Team | Restores practised each month | 3 of 3 months | 1.00
        O Platform Team | A backup is what comes back
          K Platform Team | All databases restored once | 7 of 8 databases (8th moves in January)
          K Platform Team | Restore below two hours | 1 h 40 min | 1.00
"""
